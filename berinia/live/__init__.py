"""Live: whoever looks is told what happens. How, is in docs/live.md; why so, in docs/decisions.

Publishers call `publish`; the web's side is in hub.py.
"""

from berinia.live.tell import Kind, Told, figures_changed, is_watched, publish, publish_many, watched_executions

__all__ = ["Kind", "Told", "figures_changed", "is_watched", "publish", "publish_many", "watched_executions"]
