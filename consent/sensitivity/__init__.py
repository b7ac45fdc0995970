"""Tables of what is sensitive: data files, each row with its source and version. `consent.labelling` reads them."""
