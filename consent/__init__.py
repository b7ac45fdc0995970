"""Who may see what: pure decisions, and the gate that is the only road from stored records to anything that shows them."""
