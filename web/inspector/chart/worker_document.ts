// elkjs takes whatever has no document for its own worker, and waits for messages instead of exporting itself. In this worker it is a
// library: it must see a document, of which it uses nothing.
Object.assign(globalThis, { document: {} });
