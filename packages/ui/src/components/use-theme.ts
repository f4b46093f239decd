import { useEffect, useState } from 'preact/hooks'

/** Light or dark: lines are drawn in its colours. */
export function useTheme(): string {
  const query = () => matchMedia('(prefers-color-scheme: dark)')
  const [theme, setTheme] = useState('')
  useEffect(() => {
    const list = query()
    const told = () => setTheme(list.matches ? 'dark' : 'light')
    told()
    list.addEventListener('change', told)
    return () => list.removeEventListener('change', told)
  }, [])
  return theme
}
