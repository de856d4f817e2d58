CREATE TABLE `admin_session` (
	`hash` text PRIMARY KEY NOT NULL,
	`key_id` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `admin_session_by_expiry` ON `admin_session` (`expires_at_ms`);--> statement-breakpoint
CREATE INDEX `stock_projection_held` ON `stock_projection` (`held`) WHERE "stock_projection"."held" > 0;