export function App() {
  return <p>OpenAlgo</p>;
}
