ALTER TABLE `orders` ADD `waived` integer;--> statement-breakpoint
ALTER TABLE `payment_transaction` ADD `follows_change` integer;