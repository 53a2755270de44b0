import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { Visibility } from "../../../api/representations.ts";
import { FormDialog } from "../shell/form-dialog.tsx";
import { Picker } from "../shell/picker.tsx";
import { type FileVersion, SOURCE_TYPE } from "./file-version.ts";
import { type FunctionTemplate, TEMPLATES, templateSource } from "./function-templates.ts";
import { createFile } from "./new-file.ts";
import { PathField } from "./path-field.tsx";
import { normalisedPath, pathProblem, samePath } from "./paths.ts";
import { VisibilityField } from "./visibility-field.tsx";

const WHO = {
  public: "Everyone who knows its URL can call it.",
  protected: "Only requests that carry Twilio’s signature reach it, as calls and messages do.",
  private: "It has no URL; other functions can require it.",
};

/** Asks what a new function is to be called, and who may call it; it is then opened. */
export default function NewFunction({
  serviceSid,
  versions,
  onCreated,
  onClose,
}: {
  serviceSid: string;
  versions: FileVersion[];
  onCreated: (fileSid: string) => void;
  onClose: () => void;
}) {
  const [path, setPath] = useState("");
  const [visibility, setVisibility] = useState<Visibility>("protected");
  const [template, setTemplate] = useState<FunctionTemplate>("voice");
  const [tried, setTried] = useState(false);
  const wanted = normalisedPath(path.trim());
  const taken = versions.some((version) => samePath(version.path, wanted));
  const problem =
    path.trim() === ""
      ? "Enter a path, such as /voice"
      : (pathProblem(wanted, "function") ?? (taken ? "Another file has this path" : null));
  const create = useMutation({
    mutationFn: () => {
      const content = new Blob([templateSource(template)], { type: SOURCE_TYPE });
      return createFile({ kind: "function", serviceSid, path: wanted, visibility, content });
    },
    onSuccess: ({ file_sid }) => onCreated(file_sid),
  });
  const onSubmit = () => {
    setTried(true);
    if (!problem) create.mutate();
  };
  return (
    <FormDialog
      title="New function"
      failure={
        create.isError ? { title: "The function was not created", error: create.error } : null
      }
      submit={{ label: "Create function", isPending: create.isPending }}
      onSubmit={onSubmit}
      onClose={onClose}
    >
      <PathField
        placeholder="/voice"
        description="Its address below the domain, without .js"
        value={path}
        onChange={setPath}
        error={(tried || path !== "") && problem}
      />
      <VisibilityField value={visibility} note={WHO[visibility]} onChange={setVisibility} />
      <div>
        <span className="rb-label" aria-hidden="true">
          Starts as
        </span>
        <Picker
          label="Starts as"
          className="rb-wide"
          value={template}
          options={[...TEMPLATES]}
          onChange={setTemplate}
        />
      </div>
    </FormDialog>
  );
}
