/** What can be opened beside a call, or over it; one of them at a time. */
export type PanelName = "settings" | "statistics" | "people" | "share";
