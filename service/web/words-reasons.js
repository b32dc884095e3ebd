// English, of what a rule found: by the reason's code.

export const REASONS = {
  "reason-above-reject-threshold": "{label} {score} is at or above the threshold to reject ({threshold})",
  "reason-above-hold-threshold": "{label} {score} is at or above the threshold to hold ({threshold})",
  "reason-name-above-threshold": "The author’s name or website: {label} {score} ({threshold})",
  "reason-language-not-covered": "The classifier was not evaluated on this language ({language})",
  "reason-parent-withdrawn": "The comment that this one answers is no longer shown",
  "reason-pre-moderation": "Here a person reads every comment before it appears",
  "reason-classifier-failed": "The classifier could not read this comment",
  "reason-moderator-decision": "A moderator decided",
  "reason-thresholds-of-another-classifier": "The thresholds were chosen for another classifier, so nothing is rejected by score",
  "reason-cleared-by-fast-classifier": "Much was waiting: the fast classifier cleared it, and the ordinary one has not read it",
};
