-- The log of one person is looked up by its keys: a county has hundreds of thousands of lines.
CREATE INDEX audit_audit_key ON audit (audit_key);
