/** Who acts when a rule does, in timelines and the audit log. The run is named, so that what follows can be traced to it. */
export function ruleActor(rule: string, runId: string): string {
  return `rule:${rule}/${runId}`;
}

/** The run that an actor is; null for anybody else. */
export function runIdIn(actor: string): string | null {
  return /^rule:[^/]+\/(run_[0-9a-z]+)$/.exec(actor)?.[1] ?? null;
}
