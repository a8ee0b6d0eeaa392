"""Why a message did not go out, named by what has to happen next. Pure."""

from enum import StrEnum


class Fault(StrEnum):
    """Why a message did not go out, named by what has to happen next."""

    PACE = "pace"  # not taken: try again later
    MESSAGE = "message"  # not taken: this message never will be
    ADDRESS = "address"  # not taken: nothing will reach this address, suppress it
    OPT_OUT = "opt_out"  # not taken: its owner has opted out with the provider, suppress it as such
    ACCOUNT = "account"  # not taken: our side is at fault; keep the message, tell an operator
    UNKNOWN = "unknown"  # may have gone out: find out before any repeat
    CONFLICT = "conflict"  # something else went out under this key: stop, tell an operator
