"""Council extracts: adult social care Client Level Data (CLD), CSV with one event a line, made into FHIR resources.

    table       encoding, delimiter, header: what the file is, found from its content
    headers     which column is which, by the specification's names and the spellings seen
    lists       the defined lists of the specification and what each value is in Interweave's code systems
    rows        lines with their exact bytes, cleaned of "NULL" and blanks
    event_key   which lines tell of one event, and which of them stands
    to_fhir     one line to Interweave-shaped resources, weekly costs and people included
    quality     what a council officer should know of the file, by line and column
    extract     the whole file as `SourceFile`s, one stretch at a time

`fhir.reading` is the door. Nothing here knows people across files, stores or a clock.
"""
