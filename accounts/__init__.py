"""Who owns what: organizations, people, sites and keys."""
