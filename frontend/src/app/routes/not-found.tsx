import { Link } from 'react-router';
import { Button } from '@/components/ui/button';

export function Component() {
  return (
    <div className="grid flex-1 place-content-center gap-2 p-8 text-center">
      <title>Not found · OpenAlgo</title>
      <h1 className="font-semibold text-lg">This page does not exist</h1>
      <p className="text-muted">The address may be mistyped, or the page moved. Ctrl K finds everything.</p>
      <Button asChild variant="primary" className="justify-self-center">
        <Link to="/dashboard">Dashboard</Link>
      </Button>
    </div>
  );
}
