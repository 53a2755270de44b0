import { Button, Loader, Text, Title } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { lazy, Suspense, useEffect } from "react";
import { usePalette } from "../palette/use-palette.ts";
import { Link, placeOf, usePath } from "../router.tsx";
import { SignInAgain, SignInPage } from "../session/sign-in.tsx";
import { useSession } from "../session/use-session.ts";
import { usePageKeptOnDrop } from "../uploads/use-file-drop.ts";
import { Header } from "./header.tsx";
import { prefetchPages } from "./prefetch.ts";

const ServicesPage = lazy(() => import("../services/services-page.tsx"));
const ServicePage = lazy(() => import("../services/service-page.tsx"));
const AccountPage = lazy(() => import("../accounts/account-page.tsx"));
const Palette = lazy(() => import("../palette/palette.tsx"));
const UploadPanel = lazy(() => import("../uploads/upload-panel.tsx"));

/** The console: a sign-in page, or the place that the path names. */
export function App() {
  const session = useSession();
  const accountSid = session.state === "signed-out" ? null : session.accountSid;
  const [searching, setSearching] = usePalette();
  usePageKeptOnDrop();
  useEffect(() => {
    if (accountSid === null) return;
    const timer = setTimeout(prefetchPages, 1_000);
    return () => clearTimeout(timer);
  }, [accountSid]);
  if (session.state === "signed-out") {
    return (
      <>
        <Notifications position="bottom-left" />
        <SignInPage />
      </>
    );
  }
  return (
    <>
      <a className="rb-skip" href="#content">
        Skip to the content
      </a>
      <Notifications position="bottom-left" limit={4} />
      <Header accountSid={session.accountSid} onSearch={() => setSearching(true)} />
      <Suspense>
        <UploadPanel />
      </Suspense>
      <main id="content" className="rb-main" key={accountSid}>
        <Suspense fallback={<Waiting />}>
          <Page />
        </Suspense>
      </main>
      <Suspense>{searching && <Palette onClose={() => setSearching(false)} />}</Suspense>
      {session.state === "expired" && <SignInAgain username={session.credentials.username} />}
    </>
  );
}

function Page() {
  const place = placeOf(usePath());
  switch (place.page) {
    case "services":
      return <ServicesPage />;
    case "service":
      return <ServicePage key={place.serviceSid} place={place} />;
    case "account":
      return <AccountPage />;
    case "unknown":
      return (
        <div className="rb-centred">
          <Title order={1}>There is no such page</Title>
          <Text c="dimmed">The address may be mistyped, or what it named was deleted.</Text>
          <Button renderRoot={(props) => <Link href="/" {...props} />}>All services</Button>
        </div>
      );
  }
}

export function Waiting() {
  return (
    <div className="rb-centred">
      <Loader role="status" aria-label="Loading" />
    </div>
  );
}
