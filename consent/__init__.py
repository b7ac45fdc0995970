"""Who may see what: pure decisions, and the gate, the only road from stored records to anything that shows them."""
