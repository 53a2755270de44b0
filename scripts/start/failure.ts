/** What stops the start for a reason a person can mend; the message is all they need to see. */
export class StartFailure extends Error {}
