-- A pair that evidence had joined and a human split: bound is one more than the number of the last choice made before. Those
-- choices of either go on binding both. 0: never split.

ALTER TABLE possible_match ADD COLUMN bound INTEGER NOT NULL DEFAULT 0;
