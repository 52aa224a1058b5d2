import '@/lib/schema';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from '@/app/app';
import { keepShell } from '@/app/kept-shell';
import { pageErrors } from '@/lib/page-errors';
import '@/index.css';

pageErrors.watch();
const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);

if (import.meta.env.PROD && import.meta.env.MODE !== 'mock') keepShell();
