import type { Visibility } from "../../../api/representations.ts";
import { Picker } from "../shell/picker.tsx";
import { VISIBILITIES } from "./visibilities.ts";

/** Asks who may fetch a new file. */
export function VisibilityField({
  value,
  note,
  onChange,
}: {
  value: Visibility;
  /** What the choice means, below it. */
  note?: string;
  onChange: (visibility: Visibility) => void;
}) {
  return (
    <div>
      <span className="rb-label" aria-hidden="true">
        Visibility
      </span>
      <Picker
        label="Visibility"
        className={`rb-visibility rb-${value}`}
        value={value}
        options={[...VISIBILITIES]}
        onChange={onChange}
      />
      {note !== undefined && <p className="rb-note rb-under">{note}</p>}
    </div>
  );
}
