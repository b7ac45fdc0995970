"""The windows and the command line. Storage is reached only through `desktop.workspace`."""
