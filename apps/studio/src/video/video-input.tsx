/** @file The button that takes videos from the machine. */
import { useId } from 'preact/hooks';

/** Opens the browser's dialog for any number of videos; tells of those that were chosen, if any were. */
export function VideoInput({
  label,
  onFiles,
}: {
  readonly label: string;
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
        accept="video/*,.mkv,.ts"
        onChange={({ currentTarget }) => {
          const files = [...(currentTarget.files ?? [])];
          if (files.length > 0) onFiles(files);
          currentTarget.value = '';
        }}
      />
      <label class="button" for={id}>
        {label}
      </label>
    </>
  );
}
