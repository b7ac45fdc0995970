"""Tables other than Client Level Data: children's returns, and what care providers and carers' services send.

    definitions    the tables and their columns (`*.toml`), and which of them a header is
    reading        a whole table as `SourceFile`s, one stretch at a time
    making         what all makers share: identity, provenance, and columns kept that nothing else tells
    children       the looked-after children return (SSDA903) as FHIR
    provider       a care provider's notes, medicines chart, plan, visits, telecare, delegated tasks and carers as FHIR
    census         the children in need census (XML) as FHIR

`fhir.reading` is the door. What is made is described by `fhir.describe.declared`. Children's returns have no NHS
number: nothing here gives them one, so that they are never joined to a health record without a human.
"""
