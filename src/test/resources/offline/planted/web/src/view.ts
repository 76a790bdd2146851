export function show(node: HTMLElement, comment: string): void {
  node.innerHTML = `<p>${comment}</p>`;
}

export const apiKey: string = "Zx81-77ab-90QqLm-4410";
