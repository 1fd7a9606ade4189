/** @file The button that takes videos, or a folder, from the machine. */
import { useId } from 'preact/hooks';

/** Opens the browser's dialog for any number of videos, or for a folder as a whole; tells of the files that were chosen. */
export function VideoInput({
  label,
  isFolder = false,
  onFiles,
}: {
  readonly label: string;
  readonly isFolder?: boolean;
  readonly onFiles: (files: readonly File[]) => void;
}) {
  const id = useId();
  return (
    <>
      <input
        class="hidden-input"
        type="file"
        id={id}
        multiple
        {...(isFolder
          ? { ref: (element) => element?.setAttribute('webkitdirectory', '') }
          : { accept: 'video/*,.mkv,.ts' })}
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])]);
          currentTarget.value = '';
        }}
      />
      <label class="button" for={id}>
        {label}
      </label>
    </>
  );
}
