"""Access: which providers of models can be asked."""

from collections.abc import Mapping

from django.conf import settings

# The setting that opens each: its key, or its address where none needs a key.
PROVIDERS: Mapping[str, str] = {
    "openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY", "mistral": "MISTRAL_API_KEY",
    "local": "LOCAL_BASE_URL",
}  # fmt: skip


def configured() -> frozenset[str]:
    """Return the providers that can be asked: their key is set, or their address."""
    return frozenset(name for name, setting in PROVIDERS.items() if getattr(settings, setting))
