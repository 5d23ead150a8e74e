/** What values of an INI file may have in them that Resonance fills in: the folders of the application. */

/** As `constants.php` of a new application has them. Paths are relative to the file, which stands in the root. */
const FOLDERS: Readonly<Record<string, string>> = {
  DM_ROOT: '.',
  DM_APP_ROOT: './app',
  DM_PUBLIC_ROOT: './public',
}

/** `%DM_APP_ROOT%/log.ts` is `./app/log.ts`; anything else between per cent signs stays as it is. */
export function withFolders(value: string): string {
  return value.replaceAll(/%(\w+)%/g, (written, name: string) =>
    Object.hasOwn(FOLDERS, name) ? String(FOLDERS[name]) : written,
  )
}
