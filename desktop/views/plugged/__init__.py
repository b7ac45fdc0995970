"""Views that plug themselves in: each module names what it adds, as `desktop.views.plugs` says."""
