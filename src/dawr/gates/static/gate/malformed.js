/** What is shown is not what it claims to be; `message` says to an engineer in what. */
export class Malformed extends Error {}
