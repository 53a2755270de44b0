/**
 * Loads what is left of the console while nothing else is to do: the next page opens at once, and a
 * tab that stays open for days does not ask for files that a newer version of the console replaced.
 */
export function prefetchPages(): void {
  void Promise.allSettled([
    import("../services/service-page.tsx"),
    import("../services/settings-tab.tsx"),
    import("../environments/environments-tab.tsx"),
    import("../uploads/review-uploads.tsx"),
    import("../files/new-text-file.tsx"),
    import("../files/new-function.tsx"),
    import("../deploy/dependencies-dialog.tsx"),
    import("../activity/activity-tab.tsx"),
    import("../logs/logs-tab.tsx"),
    import("../files/rename-file.tsx"),
    import("../files/file-drawer.tsx"),
    import("../palette/palette.tsx"),
  ]);
}

/** The same for the editor, which is large: for those who look at a service's files. */
export function prefetchEditor(): void {
  void Promise.allSettled([
    import("../editor/file-editor.tsx"),
    import("../editor/lost-file.tsx"),
    import("../editor/code-editor.tsx"),
  ]);
}
