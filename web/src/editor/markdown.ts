/** Markdown for the editor, without the parser of HTML that lang-markdown's own support brings. */

import {
  deleteMarkupBackward,
  insertNewlineContinueMarkup,
  markdownLanguage,
} from '@codemirror/lang-markdown'
import { Language, LanguageSupport, ParseContext } from '@codemirror/language'
import { Prec } from '@codemirror/state'
import { keymap } from '@codemirror/view'
import { type MarkdownConfig, type MarkdownParser, parseCode } from '@lezer/markdown'
import { languageNamed } from '../markdown/languages'

const DEEPEST = 60 // blocks in each other

function codeParser(info: string) {
  const language = languageNamed(info)
  if (!language) return null
  return language.support?.language.parser ?? ParseContext.getSkippingParser(language.load())
}

/** Limits nesting, which could exhaust the stack of tree walkers. */
const shallow: MarkdownConfig = {
  parseBlock: [
    {
      name: 'TooDeep',
      before: 'Blockquote',
      parse(context, line) {
        if (context.depth < DEEPEST) return false
        const start = context.lineStart + line.pos
        context.addElement(context.elt('Paragraph', start, context.lineStart + line.text.length))
        context.nextLine()
        return true
      },
    },
  ],
}

export function markdown(): LanguageSupport {
  const base = markdownLanguage.parser as MarkdownParser
  const parser = base.configure([parseCode({ codeParser }), shallow])
  const language = new Language(markdownLanguage.data, parser, [], 'markdown')
  const keys = Prec.high(
    keymap.of([
      { key: 'Enter', run: insertNewlineContinueMarkup },
      { key: 'Backspace', run: deleteMarkupBackward },
    ]),
  )
  return new LanguageSupport(language, keys)
}
