"""The invented people of Thornbridge: `generator.write_people` writes their records as files, as real sources would.

Stories are tables (`cast/*.toml`, and `stories` for people beyond the cast); `build`, `clinical`, `social_care` and
`gp_connect` turn them into FHIR. Nothing here knows how files are read, stored or shown.
"""
