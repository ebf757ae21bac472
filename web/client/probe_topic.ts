/** The topic of the messages to oneself that show that the server still answers. */
export const probeTopic = "signalbox.probe";
