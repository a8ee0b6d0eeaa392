"""`python -m berinia.embedded start|start-redis|stop FOLDER`."""

import sys
from collections.abc import Sequence
from pathlib import Path

from berinia import embedded


def main(arguments: Sequence[str]) -> int:
    """Start or stop the servers of a folder, as the command line says; return the exit code."""
    match arguments:
        case ["start" | "start-redis" as action, folder]:
            try:
                embedded.start(Path(folder), database=action == "start")
            except embedded.NotStartedError as error:
                print(error, file=sys.stderr)
                return 1
        case ["stop", folder]:
            embedded.stop(Path(folder))
        case _:
            print("python -m berinia.embedded start|start-redis|stop FOLDER", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
