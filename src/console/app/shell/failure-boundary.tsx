import { Component, type ReactNode } from "react";

/** Shows a way on when the page itself fails, in place of nothing at all. */
export class FailureBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <main className="rb-centred">
        <h1>This page failed</h1>
        <p>Nothing on the server has changed. Load the page again to go on.</p>
        <button type="button" onClick={() => location.reload()}>
          Load again
        </button>
      </main>
    );
  }
}
