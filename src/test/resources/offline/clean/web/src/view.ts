export function show(node: HTMLElement, comment: string): void {
  node.textContent = comment; // not node.innerHTML = comment
}

export function clear(node: HTMLElement): void {
  node.innerHTML = "";
}

export const apiKey: string = process.env.API_KEY ?? "";
export const apiKeyHeader = "x-api-key";
export const messages = { password: "Please enter your password", token: "your-token-here" };
