import type { Text } from './locale.svelte'

export const EXPORT = {
  title: { en: 'Export', zh: '导出' },
  download: { en: 'Download', zh: '下载' },
  saved: { en: 'Saved as', zh: '已保存为' },
  preview: { en: 'Preview', zh: '预览' },
  page: { en: 'Page', zh: '网页' },
  pages: { en: 'Printed pages', zh: '打印效果' },
  source: { en: 'Markdown', zh: 'Markdown' },
  pageNumber: { en: 'Page {n}', zh: '第 {n} 页' },
  firstPages: {
    en: 'The first {shown} of {count} pages',
    zh: '共 {count} 页，仅显示前 {shown} 页',
  },
  refresh: { en: 'Refresh the preview', zh: '刷新预览' },
  changed: { en: 'The text has changed since then.', zh: '内容已更新。' },
  copy: { en: 'Copy as rich text', zh: '复制为富文本' },
  copyMore: {
    en: 'Headings, lists, tables and code keep their formatting in WeChat, Word and Feishu.',
    zh: '粘贴到微信公众号、Word、飞书后，标题、列表、表格和代码的样式保持不变。',
  },
  copyText: { en: 'Copy Markdown', zh: '复制 Markdown' },
  copied: { en: 'Copied', zh: '已复制' },
  copyRefused: {
    en: 'The browser did not allow copying.',
    zh: '浏览器不允许复制。',
  },
  copyRemedy: {
    en: 'Allow clipboard access for this page and try again.',
    zh: '请允许本页面访问剪贴板，然后重试。',
  },
  frontMatter: {
    en: 'Include title and dates as front matter',
    zh: '在开头附上标题和日期（YAML 元数据）',
  },
  formatsLoading: { en: 'Loading the formats …', zh: '正在加载格式……' },
  missing: { en: 'Missing on the server', zh: '服务器缺少' },
  code: { en: 'Code as files', zh: '代码文件' },
  codeMore: { en: 'One file per code block, in a zip', zh: '每个代码块存为一个文件，打包成 zip' },
  review: { en: 'Some sections need review', zh: '有小节需要检查' },
  unwritten: { en: 'Some sections are not written yet', zh: '有小节还没写完' },
  reviewMore: {
    en: 'You can still export now. These sections have open findings or no text:',
    zh: '现在也可以导出。以下小节还有问题未处理，或尚无内容：',
  },
  look: { en: 'Open them in Write', zh: '到“写作”中查看' },
  empty: { en: 'There is nothing to export yet', zh: '还没有可导出的内容' },
  emptyMore: {
    en: 'You can export as soon as the first section has text.',
    zh: '写好第一节后即可导出。',
  },
  loading: { en: 'Rendering the preview …', zh: '正在生成预览……' },
  retry: { en: 'Try again', zh: '重试' },
  words: { en: 'words', zh: '字' },
} as const satisfies Record<string, Text>

/** What a format is good for, by its id; a format without a hint shows its name and ending only. */
export const FORMAT_HINTS: Readonly<Record<string, Text>> = {
  md: { en: 'The source text, for any editor', zh: '源文本，任何编辑器都能打开' },
  html: { en: 'One web page that loads nothing else', zh: '单个网页文件，不加载外部内容' },
  docx: { en: 'For Word, WPS and Pages', zh: '适用于 Word、WPS、Pages' },
  epub: { en: 'E-book with a table of contents', zh: '带目录的电子书' },
  pdf: { en: 'Typeset for print, with page numbers', zh: '排版完成，带页码，可直接打印' },
}
