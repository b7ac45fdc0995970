"""How every window looks: colour tokens, type, spacing and the one style sheet made from them."""
