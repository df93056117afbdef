// Owns the messages between a webview and the extension; both sides import this file.
export {};
