import { Center, Container, Loader } from '@mantine/core';
import { useNavigate, useParams } from '@tanstack/react-router';
import { networks } from '../../networks/index.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { PageHead } from '../../ui/PageHead.tsx';
import { Chooser, useConnection } from './components/Chooser.tsx';

/** Where one comes back to from a network in the same tab, as where the browser opens no window. */
export default function ConnectPage() {
  const { connectionId } = useParams({ from: '/signed-in/connect/$connectionId' });
  const navigate = useNavigate();
  const connection = useConnection(connectionId);
  const back = () => {
    const projectId = connection.data?.project_id;
    void (projectId ? navigate({ to: '/p/$projectId/connections', params: { projectId } }) : navigate({ to: '/' }));
  };
  return (
    <Container size="sm" px={0}>
      <PageHead title={connection.data ? `Connect ${networks[connection.data.network].name}` : 'Connect'} />
      {connection.isError && <ErrorNote error={connection.error} onRetry={() => void connection.refetch()} />}
      {connection.isPending && (
        <Center py={80}>
          <Loader />
        </Center>
      )}
      {connection.data && (
        <div className="pr-panel" style={{ padding: 20 }}>
          <Chooser connection={connection.data} onAgain={back} onDone={back} />
        </div>
      )}
    </Container>
  );
}
