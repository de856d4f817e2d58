CREATE TABLE `customer_word` (
	`word` text NOT NULL,
	`customer_id` text NOT NULL,
	PRIMARY KEY(`word`, `customer_id`)
) WITHOUT ROWID;
--> statement-breakpoint
DROP INDEX `order_line_by_sku`;--> statement-breakpoint
ALTER TABLE `order_line` ADD `placed_at_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `order_line` SET `placed_at_ms` = `orders`.`placed_at_ms` FROM `orders` WHERE `orders`.`id` = `order_line`.`order_id`;--> statement-breakpoint
CREATE INDEX `order_line_by_sku` ON `order_line` (`sku`,`placed_at_ms`,`order_id`);--> statement-breakpoint
DROP INDEX `orders_by_customer`;--> statement-breakpoint
CREATE INDEX `orders_by_state` ON `orders` (`status`,`payment_status`,`fulfillment_status`,`channel`,`placed_at_ms`,`id`);--> statement-breakpoint
CREATE INDEX `orders_by_customer` ON `orders` (`customer_id`,`placed_at_ms`,`id`);--> statement-breakpoint
-- Customers of before, by the words as SQL can tell them apart; the next order writes the others.
INSERT INTO `customer_word` (`word`, `customer_id`)
WITH RECURSIVE split(id, word, rest) AS (
	SELECT id, '', lower(replace(replace(replace(coalesce(name, '') || ' ' || coalesce(substr(email, 1, instr(email, '@') - 1), ''), '.', ' '), '-', ' '), '_', ' ')) || ' ' FROM customer
	UNION ALL
	SELECT id, substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1) FROM split WHERE rest <> ''
)
SELECT DISTINCT word, id FROM split WHERE word <> '';
