-- A pair that a human decided on: state 'same' makes two people one for reading, 'apart' keeps them two. noted: matching
-- asked the question, so that taking a decision back opens it again. act: what was decided together is taken back together.
-- decided and decided_by: when, and which principal.

ALTER TABLE possible_match ADD COLUMN noted INTEGER NOT NULL DEFAULT 1;
ALTER TABLE possible_match ADD COLUMN act INTEGER NOT NULL DEFAULT 0;
ALTER TABLE possible_match ADD COLUMN decided TEXT NOT NULL DEFAULT '';
ALTER TABLE possible_match ADD COLUMN decided_by TEXT NOT NULL DEFAULT '';
CREATE INDEX possible_match_other ON possible_match (other);
CREATE INDEX possible_match_decided ON possible_match (state, person) WHERE state <> 'open';
