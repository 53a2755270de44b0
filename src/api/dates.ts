export { timestamp } from "../store/timestamp.ts";
