import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queryClient } from "./api/query-client.ts";
import { App } from "./shell/app.tsx";
import { FailureBoundary } from "./shell/failure-boundary.tsx";
import { cssVariables, theme } from "./shell/theme.ts";
import "./shell/styles.ts";

/** The Content-Security-Policy lets only style elements with this nonce in (see serve.ts). */
const nonce = document.querySelector<HTMLElement>("meta[property=csp-nonce]")?.nonce ?? "";
setNonce(nonce);

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <FailureBoundary>
        <QueryClientProvider client={queryClient}>
          <App />
        </QueryClientProvider>
      </FailureBoundary>
    </MantineProvider>
  </StrictMode>,
);
