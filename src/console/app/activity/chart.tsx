import { useState } from "react";
import type { StatisticsRepresentation } from "../../../api/representations.ts";
import { Picker } from "../shell/picker.tsx";

type Span = "hours" | "days";

type Bar = { label: string; requests: number; errors: number };

const SPANS: Record<Span, { bars: number; words: string }> = {
  hours: { bars: 48, words: "Two days, by hour" },
  days: { bars: 30, words: "30 days, by day" },
};

const WIDTH = 960;
const HEIGHT = 96;

/** Requests and errors over time: drawn for who sees, a table for who is read to. */
export function Chart({ statistics }: { statistics: StatisticsRepresentation }) {
  const [span, setSpan] = useState<Span>("hours");
  const bars = barsOf(statistics, span, Date.now());
  const highest = Math.max(1, ...bars.map(({ requests }) => requests));
  const total = bars.reduce((sum, { requests }) => sum + requests, 0);
  const errors = bars.reduce((sum, bar) => sum + bar.errors, 0);
  const step = WIDTH / bars.length;
  const heightOf = (value: number) => (value === 0 ? 0 : Math.max(2, (value / highest) * HEIGHT));
  return (
    <section aria-label="Requests over time" className="rb-chart">
      <div className="rb-filters">
        <Picker
          label="Span"
          value={span}
          options={(["hours", "days"] as const).map((value) => [value, SPANS[value].words])}
          onChange={setSpan}
        />
        <span>
          <strong>{total.toLocaleString("en-GB")}</strong> requests,{" "}
          <strong className={errors > 0 ? "rb-request-bad" : ""}>
            {errors.toLocaleString("en-GB")}
          </strong>{" "}
          not answered as asked
        </span>
        <span className="rb-note rb-filter-count">
          most in one: {(highest === 1 && total === 0 ? 0 : highest).toLocaleString("en-GB")}
        </span>
      </div>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {bars.map(({ label, requests, errors: failed }, index) => (
          <g key={label}>
            <title>{`${label}: ${requests} requests, ${failed} errors`}</title>
            <rect className="rb-chart-ground" x={index * step} y={0} width={step} height={HEIGHT} />
            <rect
              className="rb-chart-good"
              x={index * step + 1}
              width={step - 2}
              y={HEIGHT - heightOf(requests)}
              height={heightOf(requests)}
            />
            <rect
              className="rb-chart-bad"
              x={index * step + 1}
              width={step - 2}
              y={HEIGHT - heightOf(failed)}
              height={heightOf(failed)}
            />
          </g>
        ))}
      </svg>
      <table className="rb-hidden">
        <caption>Requests and errors: {SPANS[span].words}</caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Requests</th>
            <th scope="col">Errors</th>
          </tr>
        </thead>
        <tbody>
          {bars
            .filter(({ requests }) => requests > 0)
            .map(({ label, requests, errors: failed }) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td>{requests}</td>
                <td>{failed}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  );
}

/** The last hours or days, oldest first; those without a request too. */
export function barsOf(statistics: StatisticsRepresentation, span: Span, now: number): Bar[] {
  const step = span === "hours" ? 3_600_000 : 86_400_000;
  const sums = new Map<number, Bar>();
  const end = Math.floor(now / step) * step;
  for (let back = SPANS[span].bars - 1; back >= 0; back--) {
    const time = end - back * step;
    sums.set(time, { label: labelOf(time, span), requests: 0, errors: 0 });
  }
  for (const { date, requests, errors } of statistics[span]) {
    const bar = sums.get(Math.floor(Date.parse(date) / step) * step);
    if (bar === undefined) continue;
    bar.requests += requests;
    bar.errors += errors;
  }
  return [...sums.values()];
}

function labelOf(time: number, span: Span): string {
  const date = new Date(time);
  const day = date.toLocaleDateString("en-GB", {
    day: "numeric",
    month: "short",
    ...(span === "days" ? { timeZone: "UTC" } : {}),
  });
  if (span === "days") return day;
  return `${day}, ${date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })}`;
}
