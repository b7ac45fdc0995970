"""The commands of `onestory`, one file for each thing they are about; `desktop.cli` puts them together."""
