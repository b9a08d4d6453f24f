import { type Command, Option } from 'commander'
import type { Setting } from '../config/setting.ts'
import { typeText } from '../config/type-text.ts'
import { nearest } from '../shared/annotations.ts'

export type SettingFlags = {
  /** What the command line says, by key of the configuration. */
  given(): Readonly<Record<string, string>>
}

/** Gives a program a flag for each setting, left out of the help of each command: `fairlead config --help` lists them. */
export function addSettingFlags(program: Command, settings: readonly Setting[]): SettingFlags {
  const options = settings.flatMap((setting) =>
    setting.flag === null ? [] : [{ key: setting.key, option: new Option(`${setting.flag} <value>`).hideHelp() }],
  )
  for (const { option } of options) program.addOption(option)
  const names = options.map(({ option }) => option.long ?? '')
  program.configureOutput({
    outputError(text, write) {
      // Its own suggestion knows only what the help shows.
      const wrong = /unknown option '(--[^'=]+)/.exec(text)?.[1]
      const near = wrong === undefined || /Did you mean/.test(text) ? null : nearest(wrong, names)
      write(near === null ? text : text.replace(/\n/, `\n(Did you mean ${near}?)\n`))
    },
  })
  return {
    given() {
      const values = program.opts<Readonly<Record<string, string | undefined>>>()
      return Object.fromEntries(
        options.flatMap(({ key, option }) => {
          const text = values[option.attributeName()]
          return text === undefined ? [] : [[key, text]]
        }),
      )
    },
  }
}

/** One paragraph for each setting. */
export function settingsHelp(settings: readonly Setting[]): string {
  const lines = settings.map(({ key, flag, variable, node }) => {
    const byDefault =
      node.default === undefined || typeof node.default === 'object' || node.default === ''
        ? ''
        : `; ${String(node.default)} if left out`
    const how = flag === null ? `${variable} (JSON)` : `${flag}  ${variable}`
    return `  ${key}\n      ${how}\n      ${node.description ?? ''} (${typeText(node)}${byDefault})`
  })
  return `
Every key of the file has a variable, and a flag if it fits on a line. A flag wins over a variable, a variable over the file, the file over the
default. A list is written with commas.

${lines.join('\n')}`
}
