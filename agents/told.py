"""Tell whoever looks what agents do, as the seed of the interface has it: started, completed, error."""

from collections.abc import Iterable
from typing import Any

from berinia import live


def tell_agents(runs: Iterable[tuple[Any, str, str | None]]) -> None:
    """Tell of runs (prepared), each with its status and, at its end, who decided: a model or the rules."""
    live.publish_many([
        live.Told(each.ask.organization_id, live.Kind.AGENT_ACTIVITY, {
            "agentId": each.ask.agent, "activity": each.agent.label, "status": status,
            "result": {"runId": str(each.run_id)} | ({"decidePar": decided_by} if decided_by else {}),
        })
        for each, status, decided_by in runs
    ])  # fmt: skip
