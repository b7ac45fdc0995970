-- By which version of telling (storage.records.DocumentToStore.telling) the entries of an import were made from its bytes. What was
-- stored before is of none: the same document is told anew when it comes again. An import so replaced has state 2: nothing of it is
-- shown, but the choices it brought count until the import that took its place is taken back.
ALTER TABLE import ADD COLUMN telling INTEGER NOT NULL DEFAULT 0;
