"""Routing: which models are asked for an organization, in which order. Pure."""

from collections.abc import Collection, Sequence

# A small one of each provider that publishes its prices; none of them thinks before it answers.
DEFAULTS = ("mistral:mistral-small-latest", "openai:gpt-4.1-mini", "anthropic:claude-haiku-4-5")


def models_for(own: Sequence[str], house: Sequence[str], configured: Collection[str]) -> list[str]:
    """Return the models whose provider is configured: the organization's own, or the house's, or the small ones.

    An organization that has named its models is never asked others: it may have reasons who reads its contacts.
    """
    wanted = own or house or DEFAULTS
    return [name for name in dict.fromkeys(wanted) if provider(name) in configured]


def provider(name: str) -> str:
    """Return the provider of `provider:model`."""
    return name.partition(":")[0]
