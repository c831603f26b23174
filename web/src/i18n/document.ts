export const DOCUMENT = {
  stages: { en: 'Stages', zh: '阶段' },
  brief: { en: 'Brief', zh: '要求' },
  outline: { en: 'Outline', zh: '大纲' },
  write: { en: 'Write', zh: '写作' },
  versions: { en: 'Versions', zh: '版本' },
  export: { en: 'Export', zh: '导出' },
  untitled: { en: 'Untitled', zh: '未命名' },
  gone: { en: 'This document is not here (any more).', zh: '找不到这篇文档。' },
  back: { en: 'All documents', zh: '全部文档' },
} as const
