"""What the windows show, as plain values and Qt models. Models take what the gate released and do no I/O."""
