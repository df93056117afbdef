// Owns asking for a line of text: what does not fit is said when the user enters it, not before anything was typed.
import * as vscode from 'vscode';

export interface TextQuestion {
  title?: string;
  prompt: string;
  value?: string;
  /** Why a text does not do; undefined when it does. */
  refuse: (text: string) => string | undefined;
}

/** The text without white space around it; undefined when the user thought better of it. */
export function askText({ title, prompt, value, refuse }: TextQuestion): Promise<string | undefined> {
  const box = vscode.window.createInputBox();
  box.title = title;
  box.prompt = prompt;
  box.value = value ?? '';
  box.ignoreFocusOut = true;
  return new Promise((resolve) => {
    box.onDidChangeValue(() => (box.validationMessage = undefined));
    box.onDidAccept(() => {
      const text = box.value.trim();
      box.validationMessage = refuse(text);
      if (box.validationMessage !== undefined) return;
      resolve(text);
      box.hide();
    });
    box.onDidHide(() => {
      resolve(undefined);
      box.dispose();
    });
    box.show();
  });
}
