/** The browser's own choice of one: quick with any keyboard, any phone, and a thousand in a page. */
export function Picker<Value extends string>({
  label,
  value,
  options,
  onChange,
  disabled = false,
  className = "",
  tabIndex,
}: {
  label: string;
  value: Value;
  options: (readonly [Value, string])[];
  onChange: (value: Value) => void;
  disabled?: boolean;
  className?: string;
  tabIndex?: number;
}) {
  return (
    <select
      aria-label={label}
      className={`rb-picker ${className}`}
      value={value}
      disabled={disabled}
      tabIndex={tabIndex}
      onChange={(event) => onChange(event.currentTarget.value as Value)}
    >
      {options.map(([option, words]) => (
        <option key={option} value={option}>
          {words}
        </option>
      ))}
    </select>
  );
}
