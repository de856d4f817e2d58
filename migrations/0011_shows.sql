CREATE TABLE `show` (
	`code` text PRIMARY KEY NOT NULL,
	`title` text NOT NULL,
	`starts_at_ms` integer,
	`ends_at_ms` integer,
	`opened_at_ms` integer,
	`closed_at_ms` integer,
	`admission_per_unit` integer,
	`told_status` text DEFAULT 'scheduled' NOT NULL,
	`settled_at_ms` integer,
	`version` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	CONSTRAINT "show_admission" CHECK("show"."admission_per_unit" IS NULL OR "show"."admission_per_unit" > 0)
) STRICT;
--> statement-breakpoint
CREATE INDEX `show_by_settled_at` ON `show` (`settled_at_ms`);--> statement-breakpoint
CREATE INDEX `show_by_told_status` ON `show` (`told_status`);--> statement-breakpoint
CREATE TABLE `show_draw` (
	`show` text NOT NULL,
	`sku` text NOT NULL,
	`seed_hash` text NOT NULL,
	`seed` text NOT NULL,
	`drawn_at_ms` integer NOT NULL,
	`entries` integer NOT NULL,
	PRIMARY KEY(`show`, `sku`)
) STRICT;
--> statement-breakpoint
CREATE TABLE `show_draw_page` (
	`show` text NOT NULL,
	`sku` text NOT NULL,
	`page` integer NOT NULL,
	`entries` text NOT NULL,
	PRIMARY KEY(`show`, `sku`, `page`)
) STRICT;
--> statement-breakpoint
CREATE TABLE `show_drop` (
	`show` text NOT NULL,
	`sku` text NOT NULL,
	`position` integer NOT NULL,
	`quantity` integer NOT NULL,
	`policy` text NOT NULL,
	`buyer_limit` integer,
	`ttl_seconds` integer NOT NULL,
	`opens_at_ms` integer,
	`draws_at_ms` integer,
	`report` text,
	PRIMARY KEY(`show`, `sku`),
	CONSTRAINT "show_drop_numbers" CHECK("show_drop"."quantity" > 0 AND "show_drop"."ttl_seconds" > 0 AND ("show_drop"."buyer_limit" IS NULL OR "show_drop"."buyer_limit" > 0))
) STRICT;
